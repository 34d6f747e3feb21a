"""What currencies were worth by day, as central banks and companies write it down."""
