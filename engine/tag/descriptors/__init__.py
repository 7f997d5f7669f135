"""What music can be called: 160 descriptors in six categories, with the words that people search them by."""

from engine.tag.descriptors.bank import CATEGORIES, LANGUAGES, Descriptor, DescriptorBank, load

__all__ = ["CATEGORIES", "LANGUAGES", "Descriptor", "DescriptorBank", "load"]
