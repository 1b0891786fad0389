/**
 * The list of mounts: dropped or picked folders and files, where the component sees them, and a
 * tree from which the user removes entries.
 */

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { announce } from '../view/announce.js';
import { focusNear } from '../view/focus.js';
import { count, size, visibleLine } from '../view/text.js';
import { dropped, hasFiles, nodesOf } from './drop.js';
import { amount, fromPaths, type Mount, mount, type Node, without } from './tree.js';

/** A folder with more than this shows the rest on request. */
const PAGE = 100;

interface BranchProps {
  node: Node;
  path: readonly string[];
  onRemove(path: readonly string[]): void;
}

function RemoveButton({ name, onPress }: { name: string; onPress(): void }): JSX.Element {
  return (
    <button
      type="button"
      class="remove"
      aria-label={`Remove ${visibleLine(name)}`}
      onClick={onPress}
    >
      <span aria-hidden="true">×</span>
    </button>
  );
}

function Branch({ node, path, onRemove }: BranchProps): JSX.Element {
  const [open, setOpen] = useState(false);
  if (node.kind === 'file') {
    return (
      <li class="leaf">
        <span class="name">{visibleLine(node.name)}</span>
        <span class="amount">{size(node.file.size)}</span>
        <RemoveButton name={path.join('/')} onPress={() => onRemove(path)} />
      </li>
    );
  }
  const { files, bytes } = amount(node);
  return (
    <li>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="name">{visibleLine(node.name)}/</span>
          <span class="amount">
            {count(files, 'file')}, {size(bytes)}
          </span>
        </summary>
        {open && <Children node={node} path={path} onRemove={onRemove} />}
      </details>
      <RemoveButton name={path.join('/')} onPress={() => onRemove(path)} />
    </li>
  );
}

function Children({ node, path, onRemove }: BranchProps): JSX.Element {
  const [shown, setShown] = useState(PAGE);
  const children = node.kind === 'folder' ? node.children : [];
  return (
    <ul>
      {children.slice(0, shown).map((child) => (
        <Branch key={child.name} node={child} path={[...path, child.name]} onRemove={onRemove} />
      ))}
      {children.length === 0 && <li class="leaf empty">empty folder</li>}
      {children.length > shown && (
        <li class="leaf">
          <button type="button" class="quiet" onClick={() => setShown(shown + 10 * PAGE)}>
            {count(children.length - shown, 'more')}
          </button>
        </li>
      )}
    </ul>
  );
}

interface MountProps {
  mount: Mount;
  onChange(mount: Mount): void;
  onRemove(): void;
}

function MountItem({ mount: one, onChange, onRemove }: MountProps): JSX.Element {
  const { node, guest, source } = one;
  const remove = (path: readonly string[]): void => {
    const rest = node && without(node, path);
    const buttons = item.current?.querySelectorAll('.remove') ?? [];
    const at = [...buttons].indexOf(document.activeElement as HTMLElement);
    focusNear(item.current, '.remove', Math.max(at, 0), '.remove');
    announce(`Removed ${path.join('/')}.`);
    if (rest) {
      onChange({ ...one, node: rest });
    }
  };
  const item = useRef<HTMLLIElement>(null);
  const total = node && amount(node);
  const title = `${visibleLine(source)}${node?.kind === 'folder' ? '/' : ''}`;
  return (
    <li ref={item} class="mount" data-source={source}>
      <div class="mount-head">
        <span class="name">{title}</span>
        <span class="amount">
          {total
            ? node?.kind === 'folder'
              ? `${count(total.files, 'file')}, ${size(total.bytes)}`
              : size(total.bytes)
            : 'files wanted'}
        </span>
        <RemoveButton name={source} onPress={onRemove} />
      </div>
      <label class="guest">
        <span>seen at</span>
        <input
          type="text"
          class="mono"
          value={guest}
          aria-invalid={guest === ''}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => onChange({ ...one, guest: event.currentTarget.value })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={one.writable}
          onChange={(event) => onChange({ ...one, writable: event.currentTarget.checked })}
        />
        <span>the component may change it, in memory</span>
      </label>
      {guest === '' && <p class="wrong">Give a path, such as / or a name.</p>}
      {!node && (
        <p class="hint">
          The policy mounts {title} here, and its files are not on this page. Drop a folder or a
          file of this name, or remove it.
        </p>
      )}
      {node?.kind === 'folder' && <Children node={node} path={[]} onRemove={remove} />}
    </li>
  );
}

/** The mounts with these trees: one that was wanted under its name gets it. */
function joined(mounts: readonly Mount[], nodes: readonly Node[]): Mount[] {
  let all = [...mounts];
  for (const node of nodes) {
    const wanting = all.find((one) => !one.node && one.source.split('/').at(-1) === node.name);
    all = wanting
      ? all.map((one) => (one === wanting ? { ...one, node } : one))
      : [...all, mount(node, all)];
  }
  return all;
}

export function Mounts({
  mounts,
  idle,
  onChange,
}: {
  mounts: readonly Mount[];
  /** Why mounts have no effect on the component, if they have none. */
  idle: string | undefined;
  onChange(mounts: readonly Mount[]): void;
}): JSX.Element {
  const field = useRef<HTMLDivElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const fileInput = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState('');
  const add = (nodes: readonly Node[]): void => {
    setProblem('');
    onChange(joined(mounts, nodes));
    announce(`Mounted ${nodes.map((node) => node.name).join(', ')}.`);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    nodesOf(dropped(event.dataTransfer)).then(
      (nodes) =>
        nodes.length > 0 ? add(nodes) : setProblem('Nothing that can be read was dropped.'),
      (error: unknown) =>
        setProblem(
          `This cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        ),
    );
  };
  const picked = (input: HTMLInputElement): void => {
    const nodes = fromPaths(
      [...(input.files ?? [])],
      (file) => file.webkitRelativePath || file.name,
    );
    input.value = '';
    if (nodes.length > 0) {
      add(nodes);
    } else {
      setProblem(
        'That folder holds no files. Browsers report empty folders only when they are dropped.',
      );
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its buttons do the same
    <div
      ref={field}
      class="field mounts"
      data-over={over}
      onDragOver={(event) => {
        if (hasFiles(event.dataTransfer)) {
          event.preventDefault();
          event.stopPropagation();
          setOver(true);
        }
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <h4>Files from inside</h4>
      <p class="hint">Embedded into the component, read-only. Drop folders and files here.</p>
      {idle !== undefined && <p class="hint idle">{idle}</p>}
      {mounts.length > 0 && (
        <ul class="tree">
          {mounts.map((one) => (
            <MountItem
              key={one.id}
              mount={one}
              onChange={(next) =>
                onChange(mounts.map((other) => (other.id === one.id ? next : other)))
              }
              onRemove={() => {
                onChange(mounts.filter((other) => other.id !== one.id));
                announce(`Removed ${one.source}.`);
                focusNear(
                  field.current,
                  '.mount-head > .remove',
                  mounts.indexOf(one),
                  '#mount-add',
                );
              }}
            />
          ))}
        </ul>
      )}
      <p class="buttons">
        <button
          type="button"
          id="mount-add"
          disabled={idle !== undefined}
          class="add"
          onClick={() => folderInput.current?.click()}
        >
          Add a folder
        </button>
        <button
          type="button"
          class="add"
          disabled={idle !== undefined}
          onClick={() => fileInput.current?.click()}
        >
          Add files
        </button>
        <input
          ref={folderInput}
          id="mount-folder"
          class="unseen"
          type="file"
          tabIndex={-1}
          aria-label="A folder to mount"
          {...{ webkitdirectory: true }}
          onChange={(event) => picked(event.currentTarget)}
        />
        <input
          ref={fileInput}
          id="mount-files"
          class="unseen"
          type="file"
          multiple
          tabIndex={-1}
          aria-label="Files to mount"
          onChange={(event) => picked(event.currentTarget)}
        />
      </p>
      {problem !== '' && (
        <p class="wrong" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
