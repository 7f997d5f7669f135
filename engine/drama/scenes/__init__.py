"""What the words say of places, weather, time, mood and feelings, and which sounds follow from that."""
