" Vim compiler file
" Compiler: agentmake. `:make` reads the Agentfile, reports what is wrong with it, and runs nothing.
if exists('current_compiler')
  finish
endif
let current_compiler = 'agentmake'
let s:save = &cpoptions
set cpoptions&vim

if exists(':CompilerSet') != 2
  command -nargs=* CompilerSet setlocal <args>
endif

execute 'CompilerSet makeprg=' . escape(get(g:, 'agentmake_program', 'agentmake'), ' \|"') . '\ --check'

" The place is line and display column. Below it stand the line and a caret, which are passed over. What is wrong with
" the built-in agents, or has no place, is a message alone.
CompilerSet errorformat=
      \%+E(built\ in):%*\\d:%*\\d:\ error:\ %m,
      \%+N(built\ in):%*\\d:%*\\d:\ note:\ %m,
      \%E%f:%l:%v:\ error:\ %m,
      \%W%f:%l:%v:\ warning:\ %m,
      \%N%f:%l:%v:\ note:\ %m,
      \%Eagentmake:\ error:\ %m,
      \%Wagentmake:\ warning:\ %m,
      \%Nagentmake:\ note:\ %m,
      \%+Nagentmake:\ %*\\d\ more\ error%.%#,
      \%-G%.%#

let &cpoptions = s:save
unlet s:save
