# golive as an image: the wheel of this checkout and exactly what uv.lock says, on a small Debian, without root.
# Build it in the checkout: docker build -t golive .

FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_PROJECT_ENVIRONMENT=/opt/golive
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
# What others wrote changes seldom: a layer of its own.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --extra redis
COPY README.md prefect.yaml ./
COPY models models
COPY templates templates
COPY tasks tasks
COPY flows flows
COPY deployments deployments
RUN uv sync --frozen --no-dev --no-editable --extra redis

FROM python:3.11-slim-bookworm AS run
# Pango and a font for PDF files, pg_dump for backups, tini because the first process must reap.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 postgresql-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 golive \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/golive --shell /usr/sbin/nologin golive \
    && for folder in "" /intake /payer-files /backups; do \
        install --directory --mode 0700 --owner 10001 --group 10001 "/var/lib/golive$folder"; done
COPY --from=build /opt/golive /opt/golive
ENV PATH=/opt/golive/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/var/lib/golive \
    GOLIVE_HOME=/var/lib/golive \
    GOLIVE_MODE=server \
    GOLIVE_EXAMPLE=false
WORKDIR /var/lib/golive
USER 10001:10001
EXPOSE 8080 4200
ENTRYPOINT ["tini", "--", "golive"]
CMD ["run"]
