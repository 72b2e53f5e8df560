complete -c dynamo-top -s p -l profile -d 'Which profile: which cluster, as whom [default: the current one]' -r
complete -c dynamo-top -l config -d 'The file of profiles [default: dynamo/config.toml in the XDG configuration folder]' -r -F
complete -c dynamo-top -s d -l delay -d 'Seconds between two looks, at least 0.1' -r
complete -c dynamo-top -s n -l iterations -d 'With --batch: end after so many looks' -r
complete -c dynamo-top -s o -l output -d 'With --batch: how it is written' -r -f -a "table\t'For people'
json\t'One JSON object a line for each look'"
complete -c dynamo-top -s b -l batch -d 'Write what is seen as text instead of drawing it'
complete -c dynamo-top -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dynamo-top -s V -l version -d 'Print version'
