/**
 * Where a component comes from: a drop anywhere on the page, a file that is picked, or the sample.
 */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { dropped, hasFiles } from '../files/drop.js';

/** The component of a drop, or a problem in words. */
async function componentOf(event: DragEvent): Promise<File | string> {
  const { entries, files } = dropped(event.dataTransfer);
  const entry = entries[0];
  if (entry?.isDirectory) {
    return `${entry.name} is a folder. Drop the component itself: a file that ends in .wasm. Folders are mounted under Files.`;
  }
  if (files.length > 1) {
    return `These are ${files.length} files. Drop one component.`;
  }
  return files[0] ?? 'Nothing that can be read was dropped. Drop a file from your disk.';
}

export interface PickerProps {
  onPick(file: File): void;
  onProblem(problem: string): void;
}

/** Accepts a component anywhere but on the mounts. Returns whether one is being dragged. */
export function useDrop({ onPick, onProblem }: PickerProps): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let timer = 0;
    const drag = (event: DragEvent): void => {
      if (hasFiles(event.dataTransfer)) {
        event.preventDefault();
        setOver(true);
        // There is no event for leaving the page that can be trusted.
        clearTimeout(timer);
        timer = window.setTimeout(() => setOver(false), 300);
      }
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) {
        return;
      }
      event.preventDefault();
      setOver(false);
      void componentOf(event).then((found) =>
        typeof found === 'string' ? onProblem(found) : onPick(found),
      );
    };
    document.addEventListener('dragover', drag);
    document.addEventListener('drop', drop);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('dragover', drag);
      document.removeEventListener('drop', drop);
    };
  }, [onPick, onProblem]);
  return over;
}

export function PickButton({
  onPick,
  class: name,
  children,
}: {
  onPick(file: File): void;
  class: string;
  children: ComponentChildren;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={name} onClick={() => input.current?.click()}>
        {children}
      </button>
      <input
        ref={input}
        id="component-file"
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-label="A component or core module"
        accept=".wasm,application/wasm"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) {
            onPick(file);
          }
        }}
      />
    </>
  );
}
