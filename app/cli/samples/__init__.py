"""Made-up but complete documents: what the printed forms look like when nothing is missing."""
