# Two images: `service` (the default) runs the API, workers and migrations; `operations` has
# PostgreSQL's own programs besides, for backup, restore and clean slate.

# The version of the server that `operations` is for: its programs handle no other one well.
ARG POSTGRES=18
ARG NODE=24

FROM node:${NODE}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY prisma prisma
COPY docs/api docs/api
COPY src src
RUN npm run --silent build && find dist \( -name '*.map' -o -name .tsbuildinfo \) -delete

FROM node:${NODE}-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages are Prisma's own tools, but also the native code of the password hashes.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund
COPY --from=build /app/node_modules/@node-rs node_modules/@node-rs

FROM postgres:${POSTGRES}-bookworm AS operations
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY prisma/migrations prisma/migrations
ENV NODE_ENV=production
RUN install --directory --owner=postgres /backups
VOLUME /backups
USER postgres
ENTRYPOINT ["node", "dist/operations/cli.js"]
CMD ["--help"]

FROM node:${NODE}-bookworm-slim AS service
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY prisma/migrations prisma/migrations
ENV NODE_ENV=production PORT=3000
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process, so that SIGTERM reaches it.
CMD ["node", "dist/main.js"]
