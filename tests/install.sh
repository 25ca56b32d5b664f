# What the suite needs beyond Python packages: Chromium, Node, PostgreSQL's server, RabbitMQ, curl and LibreOffice
# Calc.
# Installs them where it can.
set -eu
missing=""
command -v chromium-headless-shell >/dev/null || missing="chromium chromium-headless-shell"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || missing="$missing postgresql"
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing="$missing rabbitmq-server"
command -v curl >/dev/null || missing="$missing curl"
command -v node >/dev/null || missing="$missing nodejs"
command -v soffice >/dev/null || missing="$missing libreoffice-calc"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Missing for the tests: $missing. Install them (Debian package names) and run make test again." >&2
    exit 1
fi
