"""Who can speak: engines, their voices, and what they are asked to say."""
