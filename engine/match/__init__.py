"""`/match`: a track with the tone, loudness, dynamics, space, width and pitch of another one."""
