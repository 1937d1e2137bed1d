/** Takes files and whole folders, dropped or chosen. */
import { useState } from "preact/hooks";
import type { PickedFile } from "../submitting";

export function DropZone({ onFiles }: { onFiles: (files: readonly PickedFile[]) => void }) {
  const [isOver, setOver] = useState(false);
  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    setOver(false);
    const entries = Array.from(event.dataTransfer?.items ?? [], (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
    onFiles((await Promise.all(entries.map((entry) => filesOf(entry)))).flat());
  };
  const chosen = (event: Event & { currentTarget: HTMLInputElement }): void => {
    const files = Array.from(event.currentTarget.files ?? []);
    onFiles(files.map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    event.currentTarget.value = "";
  };
  return (
    <div
      class={`drop ${isOver ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p class="drop-title">Drop reports or folders here</p>
      <div class="actions">
        <label class="button primary">
          Choose files
          <input class="unseen" type="file" multiple onChange={chosen} aria-label="Choose files" />
        </label>
        <label class="button plain">
          Choose a folder
          <input class="unseen" type="file" {...{ webkitdirectory: true }} onChange={chosen} aria-label="Choose a folder" />
        </label>
      </div>
    </div>
  );
}

/** To any depth, without what is hidden. */
async function filesOf(entry: FileSystemEntry): Promise<PickedFile[]> {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: PickedFile[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const inner of some) found.push(...(await filesOf(inner)));
  }
}
