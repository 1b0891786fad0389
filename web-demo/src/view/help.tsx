/**
 * The page's own help.
 */

import type { JSX } from 'preact';

export function Help(): JSX.Element {
  return (
    <section class="help" id="help" aria-labelledby="help-title">
      <h2 id="help-title" tabIndex={-1}>
        How it works
      </h2>
      <div class="answers">
        <div>
          <h3>What happens to my component?</h3>
          <p>
            The page builds a new component from it, with a small adapter inside. The adapter
            answers what you deny or replace; only what you allow still reaches the host. That is
            part of the file, so it holds in every runtime.
          </p>
        </div>
        <div>
          <h3>Is anything uploaded?</h3>
          <p>
            No. WebAssembly in this tab does all the work, and the page works offline once loaded.
            Links hold only a policy and maybe the address of a component, after the #, which
            browsers never send. Only a click fetches it.
          </p>
        </div>
        <div>
          <h3>What can I drop?</h3>
          <p>
            A component for WASI 0.2, or a core module for WASI 0.1, which the page makes a
            component first. For Rust, build for <code>wasm32-wasip2</code>. Drop folders and files
            to embed on <em>Files from inside</em>.
          </p>
        </div>
        <div>
          <h3>Denied, inside, or reaching the host?</h3>
          <p>
            <em>Denied</em> calls fail. <em>Stays inside</em> means that the answer is compiled in:
            your variables, your files, an end of input. Only what <em>reaches the host</em> is
            still an import.
          </p>
        </div>
        <div>
          <h3>What does it not protect from?</h3>
          <p>
            What you allow stays open. Time and memory are not limited. Embedded values and files
            are not secret: everyone who has the file can read them.
          </p>
        </div>
        <div>
          <h3>Running here</h3>
          <p>
            jco translates the result, which runs in a frame without an origin. That host is simple:
            a folder in memory with one file, and no network. Other runtimes offer more.
          </p>
        </div>
      </div>
    </section>
  );
}
