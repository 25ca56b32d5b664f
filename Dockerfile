# The reviewer without its sandbox: web, worker and sweep are commands of one image (deploy/compose.yaml).
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements-scale.txt .
RUN python -m venv /opt/reviewer \
 && /opt/reviewer/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-scale.txt
COPY . .
RUN python -m venv /opt/docs \
 && /opt/docs/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-docs.txt \
 && /opt/docs/bin/mkdocs build --strict \
 && /opt/reviewer/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
# pg_dump and pg_restore are what `backup` and `restore` run.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /var/lib/reviewer reviewer
COPY --from=build /opt/reviewer /opt/reviewer
ENV PATH=/opt/reviewer/bin:$PATH VAR_ROOT=/var/lib/reviewer PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/reviewer
VOLUME /var/lib/reviewer
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["reviewer", "up", "--host", "0.0.0.0"]
