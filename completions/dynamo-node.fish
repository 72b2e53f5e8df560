# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_dynamo_node_global_optspecs
    string join \n h/help V/version
end

function __fish_dynamo_node_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_dynamo_node_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_dynamo_node_using_subcommand
    set -l cmd (__fish_dynamo_node_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c dynamo-node -n "__fish_dynamo_node_needs_command" -s h -l help -d 'Print help'
complete -c dynamo-node -n "__fish_dynamo_node_needs_command" -s V -l version -d 'Print version'
complete -c dynamo-node -n "__fish_dynamo_node_needs_command" -f -a "run" -d 'Run a node until it is told to stop'
complete -c dynamo-node -n "__fish_dynamo_node_needs_command" -f -a "check" -d 'Say whether a configuration could be run, and change nothing'
complete -c dynamo-node -n "__fish_dynamo_node_needs_command" -f -a "dev" -d 'Run a whole cluster on this machine, to try things out'
complete -c dynamo-node -n "__fish_dynamo_node_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand run" -s c -l config -d 'Where the configuration is' -r -F
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand run" -l log-level -d 'What is logged to standard error: error, warn, info, debug, trace, or directives such as `info,dynamo_node=debug`' -r
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand run" -s V -l version -d 'Print version'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand check" -s c -l config -d 'Where the configuration is' -r -F
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand check" -s V -l version -d 'Print version'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l nodes -d 'How many nodes [default: 3]' -r
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l replicas -d 'How many replicas each key has [default: 3, or as many as there are nodes]' -r
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l partitions -d 'Into how many partitions the ring is cut, a power of two [default: 1024]' -r
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l dir -d 'Where certificates, data and logs are kept [default: dynamo/dev in the XDG state folder]' -r -F
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l base-port -d 'The first node\'s UDP port, the others\' following; 0 for any that are free [default: 7700]' -r
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l name -d 'Tells several clusters apart: the profile is called dev-NAME, and so is the default folder' -r
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l join -d 'Add a node to the cluster that runs already: node-4, or the next that is free' -r
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l zone -d 'With --join: the failure zone of the node that is added [default: default]' -r
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l new -d 'With --join: add another node, also if one that was added before is stopped'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -l clean -d 'Remove what an earlier start has kept, data included, and begin anew'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand dev" -s V -l version -d 'Print version'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand help; and not __fish_seen_subcommand_from run check dev help" -f -a "run" -d 'Run a node until it is told to stop'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand help; and not __fish_seen_subcommand_from run check dev help" -f -a "check" -d 'Say whether a configuration could be run, and change nothing'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand help; and not __fish_seen_subcommand_from run check dev help" -f -a "dev" -d 'Run a whole cluster on this machine, to try things out'
complete -c dynamo-node -n "__fish_dynamo_node_using_subcommand help; and not __fish_seen_subcommand_from run check dev help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
