" agentmake's files: Agentfile, and what it includes
autocmd BufNewFile,BufRead Agentfile,Agentfile.*,*.agentfile set filetype=agentfile
