# One image for every process of Leadtrace: the command says which one it is.
FROM python:3.11-slim-bookworm AS build

WORKDIR /source
RUN python -m venv /opt/leadtrace
COPY pyproject.toml README.md LICENSE background.py ending.py hosts.py log_records.py settings.py ./
COPY setting_groups ./setting_groups
COPY schemas ./schemas
COPY attribution ./attribution
COPY producers ./producers
COPY streams ./streams
COPY sinks ./sinks
COPY stack ./stack
COPY market ./market
COPY answers ./answers
COPY cockpit ./cockpit
COPY assistants ./assistants
COPY notices ./notices
COPY outbox ./outbox
COPY cli ./cli
# Without the "stack" extra: in containers, Kafka and ClickHouse are containers of their own.
RUN /opt/leadtrace/bin/pip install --no-cache-dir ".[mcp,notify,oidc,outbox]"

FROM python:3.11-slim-bookworm

# A font for the pictures of charts, with the letters of Chinese and of all else that stands in them.
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-wqy-microhei \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 leadtrace \
    && useradd --system --uid 10001 --gid 10001 --no-create-home leadtrace \
    && install --directory --owner=leadtrace --group=leadtrace --mode=0700 /var/lib/leadtrace
COPY --from=build /opt/leadtrace /opt/leadtrace
ENV PATH=/opt/leadtrace/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LEADTRACE_DATA_DIR=/var/lib/leadtrace \
    LEADTRACE_CACHE_DIR=/var/lib/leadtrace/cache
# By its number: Kubernetes can't tell of a name that it is not root (runAsNonRoot).
USER 10001:10001
ENTRYPOINT ["leadtrace"]
CMD ["--help"]
