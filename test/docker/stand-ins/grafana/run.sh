#!/bin/sh
# Start of the Grafana stand-in, after packaging/docker/run.sh of grafana/grafana.
set -e

if [ ! -w "$GF_PATHS_DATA" ]; then
  echo "GF_PATHS_DATA='$GF_PATHS_DATA' is not writable."
fi
if [ ! -d "$GF_PATHS_PLUGINS" ]; then
  mkdir "$GF_PATHS_PLUGINS"
fi

# GF_…__FILE: the value is in a file.
for name in $(env | sed -n 's/^\(GF_[^=]*\)__FILE=..*/\1/p'); do
  eval "value=\${$name:-} file=\$${name}__FILE"
  if [ -n "$value" ]; then
    echo "ERROR: Both $name and ${name}__FILE are set (but are exclusive)" >&2
    exit 1
  fi
  export "$name=$(cat "$file")"
  unset "${name}__FILE"
done

export HOME="$GF_PATHS_HOME"
exec node "$GF_PATHS_HOME/server.mjs" "$@"
