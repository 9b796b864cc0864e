" Vim syntax file
" Language: Agentfile, the file that agentmake reads
"
" A block is the lines that are indented more than its statement. So each statement is a region that begins with
" its keyword, remembers the indentation before it (\z1) and ends before a line that is not deeper. The words in
" the patterns below are those of src/lang/keyword_list.h, by place and by what follows them.
if exists('b:current_syntax')
  finish
endif
let s:save = &cpoptions
set cpoptions&vim

" Commands are for sh. What sh.vim takes for an error may be half of a command that {{…}} completes.
let s:no_error = get(g:, 'sh_no_error')
let g:sh_no_error = 1
try
  syntax include @agentfileShell syntax/sh.vim
finally
  if s:no_error is 0
    unlet g:sh_no_error
  else
    let g:sh_no_error = s:no_error
  endif
  unlet s:no_error
endtry
unlet! b:current_syntax
syntax case match
syntax spell default
syntax iskeyword clear

" ---- what is wrong: first, so that everything else goes before it ----
syntax match agentfileError /^\s*\zs[^[:blank:]#]\S*/

" ---- comments, words ----
syntax keyword agentfileTodo contained TODO FIXME XXX NOTE
syntax match agentfileComment /\%(^\|\s\)\@1<=#.*/ contains=agentfileTodo,@Spell
syntax match agentfileContinued /\\$/ contained
syntax match agentfileGlob /[*?]\|\[!\=[^][:blank:]]\+\]/ contained
syntax match agentfileGlob /[{,}]/ contained
syntax match agentfileNot /\%(^\|\s\)\@1<=!/ contained
syntax match agentfileNumber /\%(^\|[[:blank:]=]\)\@1<=\$\=\d\+\%(\.\d\+\)\=\%([dhms]\%(\d\+[hms]\)*\)\=\ze\%(\s\|$\)/ contained
syntax match agentfilePair /\%(^\|\s\)\@1<=[A-Za-z_][A-Za-z0-9_-]*\ze=/ contained
syntax region agentfileString start=/"/ skip=/\\./ end=/"/ contained oneline contains=agentfileEscape
syntax region agentfileString start=/'/ end=/'/ contained oneline
syntax match agentfileEscape /\\\%([nt"\\]\|u{\x\+}\)/ contained
syntax cluster agentfileWords contains=agentfileComment,agentfileContinued,agentfileString,agentfileNumber
syntax cluster agentfileGlobs contains=@agentfileWords,agentfileGlob,agentfileNot,agentfilePair

" {{NAME}}, {{q NAME}}, {{port:8000}} in every word, text and command, in quotes of the shell as well; {{{{ is itself
syntax match agentfileVariable /{{\%({{\)\@!.\{-}}}/ contains=agentfileQuote containedin=ALLBUT,agentfileComment,agentfileVariable,agentfileQuote,agentfileBraces,agentfileTodo contained
" (ALLBUT leaves out the groups of an included file)
let s:shell = 'shSingleQuote,shDoubleQuote,shExSingleQuote,shExDoubleQuote,shHereDoc,shComment,shQuickComment,shEcho,'
  \ . 'shEchoQuote,shExpr,shTest,shDblBrace,shFor,shRepeat,shIf,shCaseEsac,shCase,shSubSh,shCurlyIn,shFunctionOne,'
  \ . 'shCommandSub,shCmdSubRegion,shCommandSubBQ,shDerefPattern,shDo'
execute 'syntax match agentfileVariable /{{\%({{\)\@!.\{-}}}/ contains=agentfileQuote contained containedin=' . s:shell
syntax match agentfileQuote /\%({{\)\@2<=q\ze\s/ contained
syntax match agentfileBraces /{{{{/ containedin=ALLBUT,agentfileComment,agentfileBraces,agentfileTodo contained
execute 'syntax match agentfileBraces /{{{{/ contained containedin=' . s:shell
unlet s:shell

" ---- variables ----
syntax region agentfileAssignment start=/^[A-Za-z_][A-Za-z0-9_-]*\s*[?+]\==/ skip=/\\\n/ end=/$/ keepend contains=agentfileName,@agentfileWords
syntax match agentfileName /^[A-Za-z_][A-Za-z0-9_-]*\ze\s*[?+]\==/ contained nextgroup=agentfileOperator skipwhite
syntax match agentfileOperator /[?+]\==/ contained

" ---- settings ----
syntax region agentfileSetting matchgroup=agentfileStatement start=/^\%(agentfile\|base\|into\|land\|jobs\|min-tasks\|confirm\|conflicts\|reverify\|history\|sandbox\)\ze\%(\s\|$\)/ skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\s\@!/ keepend contains=@agentfileWords,agentfileChoice
syntax region agentfileInclude matchgroup=agentfilePreProc start=/^\%(include?\|include\)\ze\%(\s\|$\)/ skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\s\@!/ keepend contains=@agentfileWords,agentfileFile
syntax region agentfileSetting matchgroup=agentfileStatement start=/^\%(protect\|worktrees\|budget\|copy\|writable+\=\)\ze\%(\s\|$\)/ skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\s\@!/ keepend contains=@agentfileGlobs,agentfileChoice
syntax region agentfilePool matchgroup=agentfileStatement start=/^pool\ze\%(\s\|$\)/ skip=/\\\n/ end=/$/ keepend contains=@agentfileWords
syntax region agentfileHook matchgroup=agentfileStatement start=/^\%(setup\|notify\)\ze\%(\s\|$\)/ skip=/^\s*$/ end=/\%(\\\n\)\@<!\_^\s\@!/ keepend contains=agentfileScript,agentfileCommand
syntax match agentfileChoice /\%(^\|\s\)\@1<=\%(ask\|auto\|tty\|never\|always\|hold\|any-order\|error\|reads\|merge\|squash\|require\|off\|bwrap\|landlock\|none\|attempts\|finish\|kill\)\ze\%(\s\|$\)/ contained
syntax match agentfileFile /[^[:blank:]"'#]\S*/ contained contains=agentfileContinued

" ---- blocks ----
syntax region agentfileLoop start=/^\z(\s*\)for\ze\s/ skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ keepend contains=agentfileLoopLine,agentfileLoop,agentfileTask,agentfileComment,agentfileError
syntax region agentfileTask start=/^\z(\s*\)task\ze\s/ skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ keepend contains=agentfileTaskLine,@agentfileProperties,agentfileComment,agentfileError
syntax region agentfileDefaults matchgroup=agentfileStatement start=/^defaults\ze\%(\s\|$\)/ skip=/^\s*\%(#.*\)\=$/ end=/^\s\@!/ keepend contains=@agentfileProperties,agentfileComment,agentfileError
syntax region agentfileAgent start=/^agent\ze\s/ skip=/^\s*\%(#.*\)\=$/ end=/^\s\@!/ keepend contains=agentfileAgentLine,@agentfileAdapter,agentfileComment,agentfileError

syntax region agentfileLoopLine matchgroup=agentfileRepeat start=/^\s*\zsfor\ze\s/ matchgroup=NONE skip=/\\\n/ end=/$/ contained keepend contains=agentfileLoopName,@agentfileGlobs
syntax match agentfileLoopName /\%(^\s*for\s\+\)\@<=[A-Za-z_][A-Za-z0-9_-]*/ contained nextgroup=agentfileIn skipwhite
syntax match agentfileIn /in\ze\s/ contained nextgroup=agentfileItems skipwhite
syntax match agentfileItems /\%(glob\|lines\)\ze\s/ contained

syntax region agentfileTaskLine matchgroup=agentfileStatement start=/^\s*\zstask\ze\s/ matchgroup=NONE skip=/\\\n/ end=/$/ contained keepend contains=agentfileTaskName,agentfileColon,agentfileComment,agentfileContinued
syntax match agentfileTaskName /\%(^\s*task\s\+\)\@<=\%([^[:blank:]:{"'#]\|{{.\{-}}}\|{{\@!\|"[^"]*"\|'[^']*'\)\%([^[:blank:]:{"']\|{{.\{-}}}\|{{\@!\|"[^"]*"\|'[^']*'\)*/ contained contains=agentfileString nextgroup=agentfileColon skipwhite
syntax match agentfileColon /:/ contained nextgroup=agentfileBlockers skipwhite
syntax region agentfileBlockers start=/\S/ skip=/\\\n/ end=/$/ contained keepend contains=agentfileBlocker,@agentfileGlobs
syntax match agentfileBlocker /\%(^\|[[:blank:]]\)\@1<=[^[:blank:]#"'\\]\S*/ contained contains=agentfileGlob

syntax region agentfileAgentLine matchgroup=agentfileStatement start=/^agent\ze\s/ matchgroup=NONE skip=/\\\n/ end=/$/ contained keepend contains=agentfileAgentName,agentfileComment,agentfileContinued
syntax match agentfileAgentName /\%(^agent\s\+\)\@<=[A-Za-z_][A-Za-z0-9_-]*/ contained

" ---- the properties of a task ----
syntax cluster agentfileProperties contains=agentfileSwitch,agentfileOne,agentfileList,agentfileNames,agentfileText,agentfileCommands,agentfileUser
syntax match agentfileSwitch /^\s*\zs\%(allow-empty\)\ze\%(\s\|$\)/ contained
syntax region agentfileOne matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(stray\|retries\|timeout\|estimate\|stall\|budget\|role\)\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=@agentfileWords,agentfileWay
syntax match agentfileWay /\%(^\|\s\)\@1<=\%(fail\|revert\|widen\|attempts\|finish\|kill\)\ze\%(\s\|$\)/ contained
syntax region agentfileList matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(\%(owns\|shares\|reads\|context\|copy\|env\|tags\|uses\|emits\)+\=\|variants\|when\)\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=@agentfileGlobs,agentfileChanged
syntax match agentfileChanged /\%(\%(^\|\s\)when\s\+\)\@<=changed\ze\%(\s\|$\)/ contained
syntax region agentfileNames matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(blocked-by\)+\=\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=agentfileBlocker,@agentfileGlobs
syntax region agentfileUser matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(agent\|review\|on-conflict\)\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=agentfileUsed,agentfileWith,agentfilePair,@agentfileWords
syntax match agentfileUsed /\%(^\s*\%(agent\s\+\|review\s\+\|on-conflict\s\+\)\=\)\@<=[A-Za-z_][A-Za-z0-9_-]*\ze\%(\s\|$\)/ contained
syntax match agentfileWith /\%(\S\s\+\)\@<=with\ze\%(\s\|$\)/ contained

" Texts and commands are raw lines: a '#' is no comment there, and ends a block where it is not deep enough.
syntax region agentfileText matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(title\|\%(prompt\|brief\)+\=\)\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=agentfileReadFrom,@agentfileMarkdown,@Spell
syntax match agentfileReadFrom /\%(^\s*\%(prompt\|brief\)+\=\s\+\)\@<=@\S.*/ contained
syntax region agentfileCommands matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(run\|setup\|verify\|choose\)+\=\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=agentfileScript,agentfileCommand,agentfileFresh
syntax region agentfileCommand start=/\S/ skip=/\\\n/ end=/$/ contained keepend contains=@agentfileShell
syntax match agentfileFresh /\%(^\s*verify+\=\s\+\)\@<=fresh\%(\s\+#.*\|\ze\s\|$\)/ contained contains=agentfileComment
" a block that begins with #! is one script, up to the block's end
syntax region agentfileScript start=/^\s*\zs#!/ end=/\%$\%^/ contained keepend contains=@agentfileShell

" ---- what an agent has ----
syntax cluster agentfileAdapter contains=agentfileAdapterOne,agentfileAdapterList,agentfileAdapterRun,agentfileRegexes
syntax region agentfileAdapterOne matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(program\|role\)\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=@agentfileWords
syntax region agentfileAdapterList matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(with\|price\|writable+\=\)\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*\%(#.*\)\=$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=@agentfileWords,agentfileNot,agentfilePair
syntax region agentfileAdapterRun matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(run\|resume\)\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=agentfileScript,agentfileCommand
syntax region agentfileRegexes matchgroup=agentfileProperty start=/^\z(\s*\)\zs\%(capture\|sum\|done\|fail\|approve\|reject\)\ze\%(\s\|$\)/ matchgroup=NONE skip=/^\s*$/ end=/\%(\\\n\)\@<!\_^\%(\z1\s\)\@!/ contained keepend contains=agentfileRegex
syntax region agentfileRegex matchgroup=agentfileDelimiter start=+/+ end=+/\ze\s*$+ contained oneline contains=agentfileRegexEscape,agentfileRegexGroup,agentfileRegexClass,agentfileRegexSign
syntax match agentfileRegexSign /[|*+?^$.()]/ contained
syntax match agentfileRegexEscape /\\./ contained
syntax region agentfileRegexClass start=/\[\^\=\]\=/ skip=/\\./ end=/\]/ contained oneline contains=agentfileRegexEscape
syntax match agentfileRegexGroup /(?[:=!|>-]\|(?<[=!]/ contained
syntax match agentfileRegexGroup /(?P\=<[A-Za-z_]\w*>/ contained contains=agentfileRegexName
syntax match agentfileRegexName /<\zs\w\+\ze>/ contained

" ---- Markdown, as deep as the block is indented: Vim's own takes what is indented for code ----
syntax cluster agentfileMarkdown contains=agentfileHeading,agentfileItem,agentfileCite,agentfileCode,agentfileFence,agentfileBold,agentfileItalic,agentfileLink
syntax match agentfileHeading /^\s*\zs#\{1,6}\s.*/ contained contains=agentfileCode,agentfileBold,agentfileItalic,@Spell
syntax match agentfileItem /^\s*\zs\%([-*+]\|\d\+[.)]\)\ze\s/ contained
syntax match agentfileCite /^\s*\zs>.*/ contained contains=agentfileCode,agentfileBold,agentfileItalic,agentfileLink,@Spell
syntax region agentfileCode start=/`\@1<!\z(`\+\)`\@!/ end=/`\@1<!\z1`\@!/ contained oneline contains=@NoSpell
syntax match agentfileBold /\*\@1<!\*\*[^*[:blank:]]\%([^*]*[^*[:blank:]]\)\=\*\*\*\@!/ contained contains=@Spell
syntax match agentfileItalic /[*[:alnum:]/]\@1<!\*[^*[:blank:]]\%([^*]*[^*[:blank:]]\)\=\*[*[:alnum:]/.]\@!/ contained contains=@Spell
syntax match agentfileItalic /[_[:alnum:]/]\@1<!_[^_[:blank:]]\%([^_]*[^_[:blank:]]\)\=_[_[:alnum:]/.]\@!/ contained contains=@Spell
syntax match agentfileLink /\[[^][]\+\](\S\+)\|<\a\+:\/\/[^>[:blank:]]\+>\|\<https\=:\/\/[^[:blank:])>"']\+/ contained contains=@NoSpell
syntax region agentfileFence start=/^\s*\zs\z(`\{3,}\|\~\{3,}\)/ end=/^\s*\z1\s*$/ contained keepend contains=@NoSpell
syntax region agentfileFence matchgroup=agentfileDelimiter start=/^\s*\zs\z(`\{3,}\|\~\{3,}\)\s*\%(sh\|bash\|shell\)\s*$/ end=/^\s*\z1\s*$/ contained keepend contains=@agentfileShell,@NoSpell

" Only what stands above a line tells what it is; in a very long file, what stands not too far above.
syntax sync clear
if line('$') < 20000
  syntax sync fromstart
else
  syntax sync minlines=1000
endif

highlight default link agentfileAgentName     Type
highlight default link agentfileBlocker       Identifier
highlight default link agentfileBold          Special
highlight default link agentfileBraces        SpecialChar
highlight default link agentfileChanged       Keyword
highlight default link agentfileChoice        Constant
highlight default link agentfileCite          Comment
highlight default link agentfileCode          String
highlight default link agentfileColon         Delimiter
highlight default link agentfileComment       Comment
highlight default link agentfileContinued     Special
highlight default link agentfileDelimiter     Delimiter
highlight default link agentfileError         Error
highlight default link agentfileEscape        SpecialChar
highlight default link agentfileFence         String
highlight default link agentfileFile          String
highlight default link agentfileFresh         Keyword
highlight default link agentfileGlob          Special
highlight default link agentfileHeading       Title
highlight default link agentfileIn            Repeat
highlight default link agentfileItalic        Special
highlight default link agentfileItem          Delimiter
highlight default link agentfileItems         Repeat
highlight default link agentfileLink          Underlined
highlight default link agentfileLoopName      Identifier
highlight default link agentfileName          Identifier
highlight default link agentfileNot           Operator
highlight default link agentfileNumber        Number
highlight default link agentfileOperator      Operator
highlight default link agentfilePair          Identifier
highlight default link agentfilePreProc       Include
highlight default link agentfileProperty      Keyword
highlight default link agentfileQuote         Special
highlight default link agentfileReadFrom      String
highlight default link agentfileRegex         String
highlight default link agentfileRegexClass    Constant
highlight default link agentfileRegexEscape   SpecialChar
highlight default link agentfileRegexGroup    Special
highlight default link agentfileRegexName     Identifier
highlight default link agentfileRegexSign     Special
highlight default link agentfileRepeat        Repeat
highlight default link agentfileStatement     Statement
highlight default link agentfileString        String
highlight default link agentfileSwitch        Keyword
highlight default link agentfileTaskName      Function
highlight default link agentfileTodo          Todo
highlight default link agentfileUsed          Type
highlight default link agentfileVariable      PreProc
highlight default link agentfileWay           Constant
highlight default link agentfileWith          Keyword

let b:current_syntax = 'agentfile'
let &cpoptions = s:save
unlet s:save
