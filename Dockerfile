# remit in a small image that runs as nobody in particular:
#   docker build -t remit-image . && docker run --rm --network none -v "$PWD:/work:ro" remit-image check remit.yaml
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir 'uv>=0.8'
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE ./
ENV UV_PROJECT_ENVIRONMENT=/opt/remit UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1
RUN uv sync --locked --no-default-groups --extra analysis --no-install-project
COPY src ./src
RUN uv sync --locked --no-default-groups --extra analysis --no-editable

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 remit
COPY --from=build /opt/remit /opt/remit
ENV PATH=/opt/remit/bin:$PATH NUMBA_CACHE_DIR=/home/remit/.cache/numba
USER remit
WORKDIR /work
ENTRYPOINT ["remit"]
CMD ["--help"]
