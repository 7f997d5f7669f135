"""What a finished drama is handed over as: subtitles, audio books, single lines."""
