/**
 * The page's own help.
 */

import type { JSX } from 'preact';

export function Help(): JSX.Element {
  return (
    <section class="help" id="help" aria-labelledby="help-title">
      <h2 id="help-title">How it works</h2>
      <div class="answers">
        <div>
          <h3>What happens to my component?</h3>
          <p>
            It is put, unchanged, into a new component beside a small adapter. The adapter answers
            what you close or replace; only what you allow is still asked of the host. Since that is
            part of the file, it holds in every runtime.
          </p>
        </div>
        <div>
          <h3>Is anything uploaded?</h3>
          <p>
            No. All work is done by WebAssembly in this tab, and the page works offline once it was
            loaded. Links hold a policy only, after the #, which browsers keep to themselves.
          </p>
        </div>
        <div>
          <h3>What can I drop?</h3>
          <p>
            A component for WASI 0.2, or a core module for WASI 0.1, which is made a component
            first. For Rust, build for <code>wasm32-wasip2</code>. Folders and files to embed are
            dropped on <em>Files from inside</em>.
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
            What you leave open stays open. Time and memory are not limited. Embedded values and
            files are not secret: whoever has the file can read them.
          </p>
        </div>
        <div>
          <h3>Running here</h3>
          <p>
            The result is translated by jco and runs in a frame without origin. That host is simple:
            an empty folder in memory and no network. Other runtimes offer more.
          </p>
        </div>
      </div>
    </section>
  );
}
