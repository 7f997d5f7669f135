"""TangoFlux: a sound from an English sentence (Hung et al., 2024; declare-lab/TangoFlux at 164420f).

Powered by Stability AI: its decoder and the shape of its transformer's input are those of Stable Audio Open.
"""
