#!/bin/bash
# Runs once in a new postgres container: a role and a database per service, each reaching only its
# own. The password is the one in the address that the service itself reads.
set -euo pipefail

for address in "${SECRETS:-/run/secrets}"/*-url; do
    url=$(<"$address")
    account=${url#*://}
    account=${account%%@*}
    service=${account%%:*}
    psql -v ON_ERROR_STOP=1 -v service="$service" -v password="${account#*:}" \
        --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
