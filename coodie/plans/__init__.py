"""What each operation sends, and what its answer means. Nothing here sends anything or waits."""
