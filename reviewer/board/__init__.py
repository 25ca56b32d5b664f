"""The board: figures of the review over batches and weeks, from the counters that the database keeps."""
