"""What each operation sends, and how its answer is read. Nothing here sends anything or waits."""
