# Two images: `app` for web server, workers, beat and migrations; `proxy` for Caddy. Neither holds what only tries or tests.
FROM python:3.11-slim-bookworm AS build
ENV PATH=/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.txt .
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt
COPY . .
RUN pybabel compile --domain django --directory locale \
    && VAR_DIR=/tmp/var STATIC_ROOT=/app/collected python manage.py collectstatic --noinput \
    && python -m compileall -q .

FROM python:3.11-slim-bookworm AS app
RUN useradd --uid 10001 --no-create-home planmanager \
    && install --directory --owner=planmanager --mode=0700 /var/lib/planmanager
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/collected VAR_DIR=/var/lib/planmanager
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001

FROM caddy:2.11-alpine AS proxy
RUN chown -R 65534 /config /data
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 65534
