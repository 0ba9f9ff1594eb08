import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

type Props = Omit<JSX.IntrinsicElements["input"], "label" | "id"> & {
  label: string;
  /** Under the field, always. */
  hint?: ComponentChildren;
  /** Under the field instead of the hint, in red, read out. */
  error?: string | undefined;
};

/** A labelled input of one line. */
export function Field({ label, hint, error, class: more = "", ...rest }: Props) {
  const id = useId();
  return (
    <div class={`grid gap-1 ${more as string}`}>
      <label for={id} class="text-sm font-medium">
        {label}
      </label>
      <input
        {...(rest as JSX.IntrinsicElements["input"])}
        id={id}
        class={`input w-full text-base ${error ? "input-error" : ""}`}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error || hint ? `${id}-more` : undefined}
      />
      {(error || hint) && (
        <p id={`${id}-more`} class={`text-sm ${error ? "text-error" : "quiet"}`} role={error ? "alert" : undefined}>
          {error || hint}
        </p>
      )}
    </div>
  );
}
