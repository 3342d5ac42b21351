import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.cassandra.utils.Clock;

/** The time of day, wrong by the milliseconds in the file that the property `coodie.clock` names. */
public final class JumpingClock implements Clock
{
    private static final Path FILE = Path.of(System.getProperty("coodie.clock"));
    private static volatile long wrong = 0;

    public JumpingClock()
    {
        Thread reader = new Thread(JumpingClock::read, "JumpingClock");
        reader.setDaemon(true);
        reader.start();
    }

    private static void read()
    {
        while (true)
        {
            try
            {
                wrong = Long.parseLong(Files.readString(FILE).trim());
            }
            catch (IOException | NumberFormatException missing)
            {
                // It is being written.
            }
            try
            {
                Thread.sleep(100);
            }
            catch (InterruptedException over)
            {
                return;
            }
        }
    }

    public long nanoTime()
    {
        return System.nanoTime();
    }

    public long currentTimeMillis()
    {
        return System.currentTimeMillis() + wrong;
    }
}
