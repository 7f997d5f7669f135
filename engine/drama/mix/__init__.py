"""Lines and clips on a timeline, and the timeline as sound: levels, ducking, places, loudness."""
