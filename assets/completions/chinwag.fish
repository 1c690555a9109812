complete --keep-order --exclusive --command chinwag --arguments "(_CHINWAG_COMPLETE=fish chinwag -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
