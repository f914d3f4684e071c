# Starts a server in the folder of whoever asked for it, with what their environment had: start.sh FOLDER COMMAND...
# A run sets the variables of its own egress proxy itself, so those of the caller come under another name.
for name in HTTP_PROXY HTTPS_PROXY http_proxy https_proxy; do
  eval "value=\${REMIT_KEPT_$name-}"
  unset "REMIT_KEPT_$name"
  if [ -n "$value" ]; then export "$name=$value"; fi
done
unset name value REMIT_RUN REMIT_INBOX REMIT_OUTBOX
cd "$1" && shift && exec "$@"
