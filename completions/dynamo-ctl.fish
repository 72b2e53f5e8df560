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
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "node" -d 'Members, and nodes that wait to become one'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "ring" -d 'Which nodes hold what'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "plan" -d 'What the staged changes would do, and doing it'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "transfer" -d 'Data on the move, and how fast it may go'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "op" -d 'Long work, which lives in the cluster'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_needs_command" -f -a "audit" -d 'Who changed what, and who was refused'
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
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -f -a "list" -d 'List members and nodes that wait to become one'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -f -a "show" -d 'Show a node: where it stands, what it holds, and what is staged for it'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -f -a "join" -d 'Stage waiting nodes as new members'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -f -a "leave" -d 'Stage the leaving of members that are alive'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -f -a "replace" -d 'Stage a waiting node in the place of a member that is lost'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -f -a "remove" -d 'Stage the removal of a member that is lost for good'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -f -a "weight" -d 'Stage another weight for a member'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and not __fish_seen_subcommand_from list show join leave replace remove weight zone" -f -a "zone" -d 'Stage another failure zone for a member'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from list" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from list" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from list" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from list" -l all -d 'Former members as well'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -l weight -d 'Their share of the ring relative to the others\'' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -l zone -d 'Their failure zone [default: the one of each node\'s own configuration]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -s n -l dry-run -d 'Only show the plan that this would give, together with what is staged; stage nothing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from join" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from leave" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from leave" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from leave" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from leave" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from leave" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from leave" -s n -l dry-run -d 'Only show the plan that this would give, together with what is staged; stage nothing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from leave" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from leave" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -l by -d 'The waiting node' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -l confirm -d 'Consent beforehand, by the name of what is at stake; on a terminal it is asked for' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -s n -l dry-run -d 'Only show the plan that this would give, together with what is staged; stage nothing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from replace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -l confirm -d 'Consent beforehand, by the name of what is at stake; on a terminal it is asked for' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -s n -l dry-run -d 'Only show the plan that this would give, together with what is staged; stage nothing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from weight" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from weight" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from weight" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from weight" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from weight" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from weight" -s n -l dry-run -d 'Only show the plan that this would give, together with what is staged; stage nothing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from weight" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from weight" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -l new -d 'No member is in that zone yet'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -s n -l dry-run -d 'Only show the plan that this would give, together with what is staged; stage nothing'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand node; and __fish_seen_subcommand_from zone" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -f -a "show" -d 'Show the ring: for every node how many replicas it holds, takes in and gives up'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -f -a "owners" -d 'Show where a key lies: its token, its partition, its owners in order, and who stands in for one that is absent'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -f -a "diff" -d 'Show which partitions have other replicas than in an earlier version of the ring'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and not __fish_seen_subcommand_from show owners diff history" -f -a "history" -d 'List every change of the ring that is remembered, the newest first'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -s b -l bucket -d 'The bucket' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -l key-encoding -d 'How keys are written here: as they are, or in hexadecimal or base64' -r -f -a "utf8\t'As they are, byte for byte'
hex\t'Two hexadecimal digits a byte'
base64\t'Base64 with padding'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from owners" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from diff" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from diff" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from diff" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from diff" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from diff" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from history" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from history" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from history" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from history" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from history" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from history" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand ring; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -f -a "show" -d 'Show what the staged changes would do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -f -a "diff" -d 'Show which partitions change their replicas'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -f -a "commit" -d 'Commit the staged changes: partitions begin to move'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -f -a "clear" -d 'Take staged changes back'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -f -a "export" -d 'Write the plan of what is staged to a file'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -f -a "apply" -d 'Stage the changes of a plan file'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and not __fish_seen_subcommand_from show diff commit clear export apply propose" -f -a "propose" -d 'Show ways to balance the cluster, side by side'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from show" -l file -d 'Show the plan in this file, as it was when it was written, without asking anybody; `-` for standard input' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from diff" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from diff" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from diff" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from diff" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from diff" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l progress -d 'How progress is shown' -r -f -a "auto\t'Bars on a terminal; off it JSON where results are JSON, and plain lines where they are not'
bar\t'Bars, one for each pair of nodes'
plain\t'A few lines every few seconds'
json\t'A JSON object every few seconds'
none\t'Not at all'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l file -d 'The plan to commit without a majority; `-` for standard input [default: what is staged]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l confirm -d 'Consent beforehand, by the name of what is at stake; on a terminal it is asked for' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -s y -l yes -d 'Consent beforehand'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l insist -d 'Override what stands in the way, where it may be overridden'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l wait -d 'Go on as `op wait` does'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -l without-majority -d 'Commit without the agreement of a majority, which is lost for good'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -s n -l dry-run -d 'Only show what would be committed, and whether it could be'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from commit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from clear" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from clear" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from clear" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from clear" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from clear" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from clear" -s n -l dry-run -d 'Only say what would be taken back'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from clear" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from export" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from export" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from export" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from export" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from export" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from export" -l force -d 'Replace a file that is there'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from apply" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from apply" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from apply" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from apply" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from apply" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from apply" -s n -l dry-run -d 'Only show the plan'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -l objective -d 'What counts: shares by weight, bytes over the network, or replicas with a new place' -r -f -a "bytes\t''
load\t''
moves\t''"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -l max-moves -d 'At most so many replicas may move [default: as many as it takes]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand plan; and __fish_seen_subcommand_from propose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -f -a "list" -d 'List the partitions that are taken in or given up at this moment, by pair of nodes'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -f -a "limit" -d 'Change how fast transfers may go, at once and for the whole cluster; without an option, show it'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -f -a "pause" -d 'Stop transfers where they are'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and not __fish_seen_subcommand_from list limit pause resume" -f -a "resume" -d 'Let transfers go on after `transfer pause`'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from list" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from list" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from list" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -l bytes-per-second -d 'Bytes a second that each node may take in; `none`: no limit' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -l partitions -d 'Partitions that may be on the move at once, in the whole cluster; at least 1' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -s n -l dry-run -d 'Only say what the limits would be'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from limit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from pause" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from pause" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from pause" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from pause" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from pause" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from pause" -s n -l dry-run -d 'Only say what would be in force'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from pause" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from resume" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from resume" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from resume" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from resume" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from resume" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from resume" -s n -l dry-run -d 'Only say what would be in force'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand transfer; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -f -a "list" -d 'List operations: the one under way, and the last that ended, the newest first'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -f -a "show" -d 'Show an operation: what it changes, how far it is, and why it is not further'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -f -a "wait" -d 'Wait until an operation is over, and show how far it is'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and not __fish_seen_subcommand_from list show wait cancel" -f -a "cancel" -d 'Take an operation back'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from list" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from list" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from list" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from show" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from show" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from show" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from show" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from wait" -l progress -d 'How progress is shown' -r -f -a "auto\t'Bars on a terminal; off it JSON where results are JSON, and plain lines where they are not'
bar\t'Bars, one for each pair of nodes'
plain\t'A few lines every few seconds'
json\t'A JSON object every few seconds'
none\t'Not at all'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from wait" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from wait" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from wait" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from wait" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from wait" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from wait" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from cancel" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from cancel" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from cancel" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from cancel" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from cancel" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from cancel" -s n -l dry-run -d 'Only say what would be taken back'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from cancel" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand op; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and not __fish_seen_subcommand_from list" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and not __fish_seen_subcommand_from list" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and not __fish_seen_subcommand_from list" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and not __fish_seen_subcommand_from list" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and not __fish_seen_subcommand_from list" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and not __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and not __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and not __fish_seen_subcommand_from list" -f -a "list" -d 'Who changed what, and who was refused'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l node -d 'Only of this node' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s n -l limit -d 'How many lines, the newest; 0 for all' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l profile -d 'Which profile: the cluster, and as whom' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l config -d 'Where the profiles are [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l timeout -d 'How long anything that crosses the network may take [default: 10s]' -r
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are written' -r -f -a "table\t'For people'
wide\t'For people with wide terminals'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values, with a header'
name\t'Only names, one a line'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l color -d 'Whether to use colour' -r -f -a "auto\t'On a terminal that has it'
always\t'Always'
never\t'Never'"
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l all -d 'Also the lines of requests whose answers are there'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l verify -d 'Say of every node whether its chain holds'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on standard error; twice and more: what the links do'
complete -c dynamo-ctl -n "__fish_dynamo_ctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
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
