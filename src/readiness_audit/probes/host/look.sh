# What readiness-audit reads on a host. It changes nothing, writes no file and connects to nothing.
#
#   sudo sh look.sh > host.txt
#
# Run as root it sees everything; as somebody else it says what it was not allowed to see.
# Of files of authorised keys only the keys leave the host: any other line is shown as `?`.

set -f
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
LC_ALL=C
export PATH LC_ALL
newline='
'
sections=0
most_files=64
most_accounts=5000
largest=262144

begin() {
    sections=$((sections + 1))
    printf '@%s\n' "$*"
}

end() {
    printf '=%s\n' "$1"
}

# Runs a program that only tells something: `tell NAME PROGRAM ARGUMENTS`. Its output stays in $said.
tell() {
    begin "$1"
    shift
    said=
    program=$(command -v "$1") || {
        end missing
        return
    }
    shift
    set -- "$program" "$@"
    said=$("$@" 2>/dev/null </dev/null)
    status=$?
    if [ "$status" -eq 0 ]; then
        printf '%s\n' "$said" | sed 's/^/|/'
    else
        "$@" 2>&1 >/dev/null </dev/null | head -n 3 | sed 's/^/!/'
        said=
    fi
    end "$status"
}

# Says in $state whether a path is there: every folder on the way must let us look.
find_out() {
    here=
    rest=${1#/}
    while :; do
        here=$here/${rest%%/*}
        if [ ! -e "$here" ] && [ ! -L "$here" ]; then
            state=absent
            return
        fi
        case $rest in
        */*) rest=${rest#*/} ;;
        *) break ;;
        esac
        if [ ! -d "$here" ]; then
            state=absent
            return
        fi
        if [ ! -x "$here" ]; then
            state=denied
            return
        fi
    done
    state=there
    if [ ! -f "$here" ]; then
        state=odd
    elif [ ! -r "$here" ]; then
        state=denied
    elif [ "$(wc -c <"$here")" -gt "$largest" ]; then
        state=too-large
    fi
}

# Only servers for SSH, since other programs have secrets in their arguments.
daemons() {
    listed=$(ps -eo args=) || return
    printf '%s\n' "$listed" | sed -n -E '/^(sshd: )?[^ ]*sshd( |$)/p'
}

config() {
    sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' -e 's/^/|/'
}

keys() {
    sed -E -e '/^[[:space:]]*(#.*)?$/s/.*/|/' -e t \
        -e '/(ssh-|ecdsa-|sk-)[a-z0-9@.-]+[[:space:]]+AAAA/s/^/|/' -e t -e 's/.*/|?/'
}

# `read_file FILTER NAME PATH`, where $state is known.
read_file() {
    filter=$1
    shift
    begin "$*"
    if [ "$state" = there ]; then
        { head -c "$largest" "$here" && echo; } 2>/dev/null | tr '\000\r' '?\n' | "$filter"
        end 0
    else
        end "$state"
    fi
}

# The server's configuration, and what it includes. Sets $named to what it says about files of keys.
configuration() {
    named=
    count=0
    set -- /etc/ssh/sshd_config
    while [ $# -gt 0 ] && [ "$count" -lt "$most_files" ]; do
        count=$((count + 1))
        find_out "$1"
        if [ "$state" != absent ]; then
            read_file config sshd-config "$1"
        fi
        if [ "$state" = there ]; then
            named="$named $(sed -n -E 's/^[[:space:]]*[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Ee][Dd][Kk][Ee][Yy][Ss][Ff][Ii][Ll][Ee][[:space:]=]+//p' "$1" | tr '"\n' '  ')"
            for pattern in $(sed -n -E 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]+//p' "$1" | tr '"\n' '  '); do
                case $pattern in
                /*) ;;
                *) pattern=/etc/ssh/$pattern ;;
                esac
                set +f
                set -- "$@" $pattern
                set -f
            done
        fi
        shift
    done
    if [ $# -gt 0 ]; then
        begin sshd-config-more
        end too-large
    fi
}

# Puts what a place of keys stands for, of the account at hand, into $path.
expand() {
    left=$1
    path=
    while :; do
        case $left in
        *%*)
            path=$path${left%%\%*}
            left=${left#*\%}
            case $left in
            h*) path=$path$home ;;
            u*) path=$path$account ;;
            U*) path=$path$uid ;;
            %*) path=$path% ;;
            *) return 1 ;;
            esac
            left=${left#?}
            ;;
        *) break ;;
        esac
    done
    path=$path$left
    case $path in
    /*) ;;
    *) path=$home/$path ;;
    esac
}

# Which machine this is. Its id is meant for the machine alone, so only a hash of it leaves the host.
machine() {
    tell name uname -n
    begin machine-id
    id=$(head -c 64 /etc/machine-id 2>/dev/null)
    case $id in
    '' | *[!0-9a-f]*)
        end absent
        return
        ;;
    esac
    hashed=$(printf 'readiness-audit %s' "$id" | sha256sum 2>/dev/null)
    if [ -n "$hashed" ]; then
        printf '|%s\n' "${hashed%% *}"
        end 0
    else
        end missing
    fi
}

# The public halves of its server's keys: the usual ones, and those that the server names.
host_keys() {
    read_so_far=
    set +f
    set -- /etc/ssh/ssh_host_*_key.pub
    set -f
    for path in "$@" $(printf '%s\n' "$options" | sed -n 's/^hostkey \(.*\)$/\1.pub/p'); do
        case " $read_so_far " in
        *" $path "*) continue ;;
        esac
        read_so_far="$read_so_far $path"
        find_out "$path"
        [ "$state" = absent ] || read_file keys host-key "$path"
    done
}

authorized_keys() {
    places=
    for place in $(printf '%s\n' "$options" | sed -n 's/^authorizedkeysfile //p') $named; do
        case " $places " in
        *" $place "*) ;;
        *) [ "$place" = none ] || places="$places $place" ;;
        esac
    done
    if [ -z "$options" ]; then
        places=".ssh/authorized_keys .ssh/authorized_keys2$places"
    fi
    begin places
    for place in $places; do
        printf '|%s\n' "$place"
    done
    end 0
    accounts=$(getent passwd </dev/null 2>/dev/null) || accounts=$(cat /etc/passwd 2>/dev/null)
    begin accounts
    printf '%s\n' "$accounts" | head -n "$most_accounts" | cut -d: -f1 | sed 's/^/|/'
    if [ "$(printf '%s\n' "$accounts" | wc -l)" -gt "$most_accounts" ]; then
        end too-large
        return
    fi
    end 0
    IFS=$newline
    for line in $accounts; do
        IFS=' '
        account=${line%%:*}
        rest=${line#*:*:}
        uid=${rest%%:*}
        rest=${rest#*:*:*:}
        home=${rest%%:*}
        [ "$home" = / ] && home=
        for place in $places; do
            if expand "$place"; then
                find_out "$path"
            else
                path=$place
                state=odd
            fi
            if [ "$state" != absent ]; then
                read_file keys authorized-keys "$account" "$path"
            fi
        done
    done
    IFS=" $newline"
}

main() {
    printf 'readiness-audit host look 2\n'
    tell time date -u +%Y-%m-%dT%H:%M:%SZ
    tell user id -u
    machine
    tell sshd sshd -T
    options=$said
    host_keys
    tell daemons daemons
    configuration
    authorized_keys
    printf '@end %s\n' "$sections"
}

main
