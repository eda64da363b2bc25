"""Pure rules: ids, cursors, merging, text, errors. Nothing here does input or output, or imports anything else of
ours."""
