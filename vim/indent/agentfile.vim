" Vim indent file
" Language: Agentfile
" A property stands one 'shiftwidth' deeper than its task, and the lines of its block one deeper still. Texts and
" commands keep what they have beyond the indentation that is common to all of their lines.
if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=agentfile#indent(v:lnum)
setlocal indentkeys=!^F,o,O,0=task,0=defaults
setlocal autoindent nosmartindent nolisp
let b:undo_indent = 'setlocal indentexpr< indentkeys< autoindent< smartindent< lisp< preserveindent<'
