import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import type pg from 'pg';
import { connectionParts, openConnection } from './connection.js';
import { EngineAdapterFactory } from './engine-adapter.js';

/** The part of the WebAssembly API used here, which TypeScript knows only with the browser's types. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, unknown>>,
  ): Promise<{ instance: { exports: EngineExports } }>;
};

interface EngineExports {
  memory: { buffer: ArrayBuffer };
  __wbindgen_start(): void;
}

let loaded: Promise<void> | undefined;

/**
 * Runs `work` with Prisma's official schema engine, connected to the database of the URL.
 * @throws Error with one sentence when the database cannot be reached or the engine refuses.
 */
export async function withEngine<T>(
  databaseUrl: string,
  work: (engine: SchemaEngine, connection: pg.Pool) => Promise<T>,
): Promise<T> {
  const parts = connectionParts(databaseUrl);
  loaded ??= loadEngine();
  await loaded;
  const connection = await openConnection(parts);
  const factory = new EngineAdapterFactory(parts, connection);
  try {
    const engine = await glue.SchemaEngine.new(
      { datamodels: undefined },
      () => undefined, // the engine's log
      bindMigrationAwareSqlAdapterFactory(factory),
    );
    try {
      return await work(engine, connection);
    } finally {
      engine.free();
    }
  } catch (error) {
    throw plainError(error, factory.scriptError);
  } finally {
    await factory.close().finally(() => connection.end());
  }
}

/** Loads the WebAssembly by hand: its package imports it as a module, which Node 20 cannot do. */
async function loadEngine(): Promise<void> {
  const packageEntry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(join(dirname(packageEntry), 'schema_engine_bg.wasm'));
  const imports = { ...glue, ...correctedImports(() => instance.exports.memory.buffer) };
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': imports });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

/** Two functions the engine imports, by the stable part of their names. */
function correctedImports(memory: () => ArrayBuffer): Record<string, unknown> {
  const corrected: Record<string, unknown> = {};
  for (const name of Object.keys(glue)) {
    if (name.startsWith('__wbg_setTimeout_')) {
      // The engine never clears the timer of its wait for the lock: it would hold the process 10 s.
      corrected[name] = (callback: () => void, ms: number) => setTimeout(callback, ms).unref();
    }
    if (name.startsWith('__wbg_set_message_')) {
      // A panic is reported to a global that only Prisma's CLI defines.
      corrected[name] = (start: number, length: number) => {
        const message = new TextDecoder().decode(new Uint8Array(memory(), start, length));
        throw new Error(`Prisma's schema engine broke down: ${message}`);
      };
    }
  }
  return corrected;
}

/** The engine's errors carry a stack of its own, several lines, and PostgreSQL's words reworded. */
function plainError(error: unknown, scriptError: Error | undefined): unknown {
  if (!(error instanceof Error) || error.name !== 'SchemaConnectorError') return error;
  const migration = /migration_name="([^"]+)"|Migration `([^`]+)`/.exec(error.message);
  if (scriptError && migration) {
    const name = migration[1] ?? migration[2];
    return new Error(`Migration ${name} failed: ${scriptError.message}`, { cause: error });
  }
  const words = error.message.split(/\n\s+0: /)[0] ?? error.message;
  return new Error(words.trim().replaceAll(/\s*\n\s*/g, ' '), { cause: error });
}
