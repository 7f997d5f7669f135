"""Models: what exists (catalogue), what is on disk (store), how one gets here (fetch). Importing this stays light."""

from engine.models.catalogue import MODELS, Model, ModelFile, find
from engine.models.store import FileState, ModelStore

__all__ = ["MODELS", "FileState", "Model", "ModelFile", "ModelStore", "find"]
