# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_dynamo_ctl_global_optspecs
    string join \n profile= config= timeout= o/output= color= v/verbose h/help V/version
end

function __fish_dynamo_ctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_dynamo_ctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_dynamo_ctl_using_subcommand
    set -l cmd (__fish_dynamo_ctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -s V -l version -d 'Print version'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "status" -d 'Which nodes are up, what they hold, and what is amiss'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "cluster" -d 'Create a cluster and look at its declared state'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "get" -d 'Print the value of a key'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "put" -d 'Write a value'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "delete" -d 'Delete a key'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "keys" -d 'List keys, one a line, as they come'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "cert" -d 'The cluster\'s certificate authority'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "profile" -d 'Which clusters there are, and which one is meant'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "config" -d 'What this tool was told, and by whom'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "completion" -d 'Print a completion script'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "man" -d 'Print or write the manual pages'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand status" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand status" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand status" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand status" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand status" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand status" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -f -a "init" -d 'Create a cluster out of waiting nodes'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and not __fish_seen_subcommand_from init show" -f -a "show" -d 'Show members, buckets and settings as they are declared'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l name -d 'What people will call it' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l replicas -d 'N: replicas of every key' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l r -d 'R: answers that a get waits for [default: a majority of N]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l w -d 'W: replicas that a put waits for [default: a majority of N]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l partitions -d 'Q: into how many partitions the ring is cut; a power of two from 8 to 65536, for good' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l durability -d 'What counts as written, synced or buffered' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l bucket -d 'A bucket to create; may be given several times. `default` is always there' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l value-bytes-max -d 'Longest value' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -l strict -d 'Only owners of a key count, never fallbacks, unless a bucket or a request says otherwise'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -s n -l dry-run -d 'Only say what would be created'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cluster; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -s b -l bucket -d 'The bucket' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l key-encoding -d 'How keys are written here: as they are, or in hexadecimal or base64' -r -f -a "utf8\t'As they are, byte for byte'
hex\t'Two hexadecimal digits a byte'
base64\t'Base64 with padding'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l r -d 'Answers to wait for, from 1 to N [default: the bucket\'s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l context-out -d 'Write the context to this file, for the put that replaces what was read' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l sibling -d 'Print this sibling, counted from 1' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l strict -d 'Only owners of the key count, never fallbacks'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l sloppy -d 'Fallbacks count where owners are missing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -l all -d 'Print every sibling, each followed by a newline'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -s 0 -l null -d 'With --all: a NUL instead of each newline'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -s b -l bucket -d 'The bucket' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l key-encoding -d 'How keys are written here: as they are, or in hexadecimal or base64' -r -f -a "utf8\t'As they are, byte for byte'
hex\t'Two hexadecimal digits a byte'
base64\t'Base64 with padding'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l w -d 'Replicas to wait for, from 1 to N [default: the bucket\'s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l durability -d 'What counts as written, synced or buffered [default: the bucket\'s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l ttl -d 'After this time the value hides' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l context-in -d 'Replace what the context in this file saw; `-` for standard input' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l context-out -d 'Write the new context to this file' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l literal -d 'Take the value as it stands, even if it is `-` or begins with @'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l strict -d 'Only owners of the key count, never fallbacks'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -l sloppy -d 'Fallbacks count where owners are missing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -s u -l update -d 'Read the key first, and replace what was read'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -s n -l dry-run -d 'Only say where it would be written'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand put" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -s b -l bucket -d 'The bucket' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l key-encoding -d 'How keys are written here: as they are, or in hexadecimal or base64' -r -f -a "utf8\t'As they are, byte for byte'
hex\t'Two hexadecimal digits a byte'
base64\t'Base64 with padding'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l w -d 'Replicas to wait for, from 1 to N [default: the bucket\'s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l durability -d 'What counts as written, synced or buffered [default: the bucket\'s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l context-in -d 'Delete what the context in this file saw, without reading; `-` for standard input' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l context-out -d 'Write the new context to this file' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l strict -d 'Only owners of the key count, never fallbacks'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l sloppy -d 'Fallbacks count where owners are missing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -l if-exists -d 'A key that is not there is fine'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -s n -l dry-run -d 'Only say where the deletion would be written'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -s b -l bucket -d 'The bucket' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -l key-encoding -d 'How keys are written here: as they are, or in hexadecimal or base64' -r -f -a "utf8\t'As they are, byte for byte'
hex\t'Two hexadecimal digits a byte'
base64\t'Base64 with padding'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -l prefix -d 'Only keys that begin so' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -l limit -d 'At most so many' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -s 0 -l null -d 'A NUL after each key instead of a newline'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand keys" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -f -a "init" -d 'Create the authority of a new cluster'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -f -a "issue" -d 'Issue a certificate'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and not __fish_seen_subcommand_from init issue inspect" -f -a "inspect" -d 'Tell whom a certificate speaks for, and until when'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -l dir -d 'The folder of the authority; it is made if it is missing' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -l days -d 'How long the authority is valid' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l dir -d 'The folder of the authority' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l role -d 'What it may be used for' -r -f -a "node\t'A node'
admin\t'May change the cluster and use its data'
operator\t'May look and change nothing'
client\t'May use data'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l name -d 'Whose it is' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l days -d 'How long it is valid' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l node-id -d 'A node\'s id, 16 hexadecimal digits [default: a new one]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l out -d 'The folder to write to; it is made if it is missing' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from inspect" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand cert; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -f -a "list" -d 'List the profiles'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -f -a "show" -d 'Show one profile'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -f -a "use" -d 'Make a profile the current one'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -f -a "add" -d 'Add a profile: a cluster\'s addresses, and the certificates to show there'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and not __fish_seen_subcommand_from list show use add remove" -f -a "remove" -d 'Remove a profile. Its certificates stay where they are'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from list" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from list" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from list" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s n -l dry-run -d 'Only say what would be changed'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l address -d 'A node to begin with, host:port; the others are learnt from it. May be given more than once' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l cert -d 'A certificate to show, PEM; one for each role at most' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l ca -d 'The certificate of the cluster\'s authority, PEM [default: ca.pem beside the first certificate]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l force -d 'Replace a profile of that name'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l current -d 'Make it the current one'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s n -l dry-run -d 'Only say what would be changed'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from remove" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from remove" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from remove" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from remove" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from remove" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from remove" -s n -l dry-run -d 'Only say what would be changed'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand profile; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and not __fish_seen_subcommand_from show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and not __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and not __fish_seen_subcommand_from show" -f -a "show" -d 'Show what stands: flag over environment over file'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and __fish_seen_subcommand_from show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Tell where each value came from'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand completion" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand completion" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand completion" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand completion" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand completion" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand completion" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand man" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand man" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand man" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand man" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand man" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand man" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
