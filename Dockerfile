# One image: by itself all of Patina on SQLite; compose.yaml starts web, worker and sandbox from it, beside PostgreSQL and Redis.
FROM node:20-bookworm-slim AS frontend
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY scripts/tabler.scss scripts/
RUN npm ci --silent --omit=dev && npm run --silent tabler

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements requirements
# WITH_ENGINE=no leaves Blender out (800 MB): no posters, no light previews, no sandbox results.
ARG WITH_ENGINE=yes
RUN pip install --require-hashes -r requirements/app.txt \
    && if [ "$WITH_ENGINE" = yes ]; then pip install --require-hashes -r requirements/engine.txt; fi
COPY . .
COPY --from=frontend /build/node_modules node_modules
RUN python scripts/vendor_frontend.py \
    && rm -rf node_modules \
    && PATINA_DATA_DIR=/tmp python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim-bookworm
# The versions are those of the Debian release that the base image names.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
       libx11-6 libxrender1 libxfixes3 libxi6 libxkbcommon0 libsm6 libice6 libgl1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 patina \
    && install -d -o patina /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build --chown=10001 /app /app
ENV PATH=/opt/venv/bin:$PATH PATINA_DATA_DIR=/data PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
