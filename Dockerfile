# Lanekeeper with its built page. It needs a Kafka cluster: see compose.yaml, or `--bootstrap-server`.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# the packages first: they change less often than the sources, and this layer is then kept
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node node_modules/vite/bin/vite.js build web --logLevel warn
# what only building and testing need, and the Node that the project carries for machines with an older one
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
    && rm -rf node_modules/node-linux-* node_modules/node-bin-* node_modules/node-win-*

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/src ./src
COPY --from=build /app/web/dist ./web/dist
COPY --from=build /app/examples ./examples
# the state folder (journal of plans) is all that is written
RUN mkdir .lanekeeper && chown node:node .lanekeeper
VOLUME /app/.lanekeeper
USER node
EXPOSE 7400
# no shell and no launcher in between: signals reach the program itself
# and the launcher's flag (bin/lanekeeper.mjs says why) stands here
ENTRYPOINT ["node", "--no-memory-reducer", "src/main.ts"]
CMD ["--help"]
