/**
 * Instances of the generator. Each call of the package gets a fresh one, because a trap leaves an
 * instance unusable, and data of one component must never reach the next. Calls share the compiled
 * modules.
 */

import { compileModule } from '#modules';
import { type EngineError, fromEngine, isResult, trapped } from './errors.js';
import { instantiate } from './generator/generator.js';
import type * as Interface from './generator/interfaces/wasi-virt-generator-generator.js';

/** The functions of one instance. */
export type Generator = typeof Interface;
export type { Interface };

const modules = new Map<string, Promise<WebAssembly.Module>>();

function compiled(name: string): Promise<WebAssembly.Module> {
  let module = modules.get(name);
  if (!module) {
    module = compileModule(name);
    modules.set(name, module);
    // The next call tries again.
    module.catch(() => modules.delete(name));
  }
  return module;
}

/** A fresh instance. */
export async function fresh(): Promise<Generator> {
  const { generator } = await instantiate(compiled, {});
  return generator;
}

/**
 * Calls a function of the generator whose errors are those of the engine.
 *
 * @throws VirtualizeError
 */
export function called<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw isResult(error) ? fromEngine(error as EngineError) : trapped(error);
  }
}
