# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_chinwag_global_optspecs
    string join \n b/bind= n/nick= r/room= invite= passphrase-file= to= p/peer= no-lan i/interface= profile= data-dir= config= temp wait-peers= commands lines json json-in listen q/quiet expect= expect-ordered count= timeout= exec= exec-all v/verbose log= chaos= since= until= from= limit= export= charset= newline h/help V/version
end

function __fish_chinwag_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_chinwag_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_chinwag_using_subcommand
    set -l cmd (__fish_chinwag_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c chinwag -n "__fish_chinwag_needs_command" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_needs_command" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_needs_command" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_needs_command" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_needs_command" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_needs_command" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_needs_command" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_needs_command" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_needs_command" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_needs_command" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_needs_command" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_needs_command" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_needs_command" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_needs_command" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_needs_command" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_needs_command" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_needs_command" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_needs_command" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_needs_command" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_needs_command" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_needs_command" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "send" -d 'Say one thing, wait until it is confirmed, exit'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "history" -d 'Show what was said'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "search" -d 'Find what was said by its words'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "plain" -d 'Raw text datagrams to and from any program'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "invite" -d 'Make a sealed room, or invite one more to it'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "config" -d 'Show what holds for a start like this one, and where each of it comes from'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "completions" -d 'Print what makes a shell complete chinwag\'s words and options'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "man" -d 'Print the manual, for `man -l -`'
complete -c chinwag -n "__fish_chinwag_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_using_subcommand send" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_using_subcommand history" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_using_subcommand search" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_using_subcommand plain" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_using_subcommand invite" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_using_subcommand config" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_using_subcommand completions" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s b -l bind -d 'Where to listen: PORT, :PORT, ADDRESS or ADDRESS:PORT' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s n -l nick -d 'The name others see' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s r -l room -d 'The room to join; repeat for several: lines go to the first' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l invite -d 'Join a sealed room: a file with an invitation, which names the room or is for that of --room' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l passphrase-file -d 'Join a sealed room by its passphrase, the first line of a file; `-`: it is asked for, or read from standard input' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l to -d 'Say it to this person alone: nobody else can read it' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s p -l peer -d 'Somebody to reach by unicast, in another network or where multicast does not pass; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s i -l interface -d 'Multicast on this interface only, such as eth0; repeat' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l profile -d 'Which identity to use' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l data-dir -d 'The folder that profiles are kept in, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l config -d 'The configuration file, instead of the usual one' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l wait-peers -d 'Send nothing before N others are there at once' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l expect -d 'Print the first message that matches, only that, and exit; repeat to wait for several, in any order' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l count -d 'Exit after N messages; with --expect, after N that match' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l timeout -d 'How long to wait: for --expect, --count and --wait-peers from the start, for receipts from the end of input' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l exec -d 'Run a program that answers: it reads each message as a JSON line, and says each line it writes' -r
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l log -d 'Write what happens to the end of this file' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l chaos -d 'A bad network on purpose: loss=0.2,dup=0.1,reorder=0.1,delay=50ms,seed=7' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l since -d 'Only what was said then or later: 2026-11-20, 14:30 (today), `2026-11-20 14:30`, 2h, 3d, yesterday, now' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l until -d 'Only what was said before' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l from -d 'Only what somebody of this name said, as NAME or NAME#TAG' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l limit -d 'The newest N only; 0: all' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l export -d 'Write the history to a new file: signed entries as JSON Lines (.json, .jsonl, or with --json), else plain text' -r -F
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l charset -d 'What peers write: utf-8, gbk, gb18030, big5, shift_jis, …' -r -f
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l no-lan -d 'No multicast at all: only those named with --peer are found, and those who name this one'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l temp -d 'A new identity and no history: nothing is kept'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l commands -d 'Input may hold slash commands, as typed lines may'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l lines -d 'Plain lines also on a terminal, for screen readers: no live screen'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l json -d 'JSON Lines on standard output: ready, peer, message, delivery, answer, notice, error, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l json-in -d 'JSON commands on standard input: say, me, msg, join, leave, nick, topic, who, quit and more'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l listen -d 'Stay after the end of input'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s q -l quiet -d 'Say only what goes wrong'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l expect-ordered -d 'The messages of --expect must come in the order given, each after the one before'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l exec-all -d 'Give the program of --exec also what other programs say; it has to know itself when to stop'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s v -l verbose -d 'Tell more: -v what is refused and asked for, -vv every datagram, -vvv also what is said'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -l newline -d 'Send one \\n after each message, for peers such as nc that print messages as they come'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c chinwag -n "__fish_chinwag_using_subcommand man" -s V -l version -d 'Print version'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "send" -d 'Say one thing, wait until it is confirmed, exit'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "history" -d 'Show what was said'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "search" -d 'Find what was said by its words'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "plain" -d 'Raw text datagrams to and from any program'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "invite" -d 'Make a sealed room, or invite one more to it'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "config" -d 'Show what holds for a start like this one, and where each of it comes from'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "completions" -d 'Print what makes a shell complete chinwag\'s words and options'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "man" -d 'Print the manual, for `man -l -`'
complete -c chinwag -n "__fish_chinwag_using_subcommand help; and not __fish_seen_subcommand_from send history search plain invite config completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
