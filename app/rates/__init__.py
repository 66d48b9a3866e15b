"""Where exchange rates come from: the files of the Bank of Russia."""
