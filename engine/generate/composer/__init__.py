"""The built-in composer: prompt -> wishes -> plan -> score -> performance -> SoundFont -> mix. No download needed."""
