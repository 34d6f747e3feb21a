"""What CRMs tell when they are asked: records that changed since a time, with their history."""
