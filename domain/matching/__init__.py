"""Search turned around: which of many queries does one text match? For tweets as they are posted."""
