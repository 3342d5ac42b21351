import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import java.net.InetSocketAddress;

/** Connects, prepares, batches, pages and reads metadata; prints one line for each. */
public class Client {
    public static void main(String[] arguments) {
        InetSocketAddress place = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        try (CqlSession session =
                CqlSession.builder().addContactPoint(place).withLocalDatacenter("datacenter1").build()) {
            Row local = session.execute("SELECT release_version FROM system.local").one();
            System.out.println("connected to " + local.getString(0) + ", protocol " + session.getContext().getProtocolVersion());

            session.execute("USE " + arguments[2]);
            session.execute(
                    "CREATE TABLE t (p int, c int, v text, tags set<text>, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC)");
            PreparedStatement insert = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)");
            for (int number = 0; number < 250; number++) {
                session.execute(insert.bind(1, number, "value " + number));
            }
            System.out.println("prepared " + insert.getVariableDefinitions().size() + " marks, key " + insert.getPartitionKeyIndices());

            BatchStatement batch = BatchStatement.newInstance(DefaultBatchType.LOGGED);
            for (int number = 0; number < 3; number++) {
                batch = batch.add(insert.bind(2, number, "batch"));
            }
            session.execute(batch.add(SimpleStatement.newInstance("UPDATE t SET tags = {'a', 'b'} WHERE p = 2 AND c = 0")));
            System.out.println("batched " + session.execute("SELECT count(*) FROM t WHERE p = 2").one().getLong(0)
                    + ", tags " + session.execute("SELECT tags FROM t WHERE p = 2 AND c = 0").one().getSet(0, String.class));

            ResultSet rows = session.execute(SimpleStatement.newInstance("SELECT c FROM t WHERE p = 1").setPageSize(100));
            int first = rows.getAvailableWithoutFetching(), count = 0, before = 250;
            for (Row row : rows) {
                count += row.getInt(0) < before ? 1 : 0;
                before = row.getInt(0);
            }
            System.out.println("paged " + first + " of " + count);

            TableMetadata table = session.refreshSchema().getKeyspace(arguments[2]).get().getTable("t").get();
            System.out.println("metadata " + table.getPartitionKey().size() + " " + table.getClusteringColumns().values()
                    + " " + table.getColumns().keySet());
            try {
                session.execute("SELECT nope FROM t");
            } catch (InvalidQueryException error) {
                System.out.println("refused " + error.getMessage());
            }
            System.out.println("condition " + session.execute("INSERT INTO t (p, c) VALUES (2, 0) IF NOT EXISTS").wasApplied());
        }
    }
}
