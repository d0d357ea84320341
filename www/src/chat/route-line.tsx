import { formatDollars } from "../models/model-facts";
import classes from "./route-line.module.css";
import { useRoutePreview, type RoutePreview } from "./use-route-preview";

function estimatedCost(cost: number | null): string {
  if (cost === null) return "cost unknown";
  return cost === 0 ? "free" : `about ${formatDollars(cost)}`;
}

function Sentence({ preview }: { preview: RoutePreview }) {
  if (preview.kind === "choosing") return <>Getting ready…</>;
  if (preview.kind === "broken") return <>{preview.message}</>;
  if (preview.kind === "none") {
    const [first] = preview.excluded;
    return first === undefined ? (
      <>
        <strong>No model yet.</strong> Run one in this page, start Ollama, or add a server.
      </>
    ) : (
      <>
        <strong>No model fits.</strong> {first.model}: {first.reason.message}
      </>
    );
  }
  const { chosen, why, estimate } = preview.decision;
  return (
    <>
      <strong>{chosen.name}</strong> would answer, {estimatedCost(estimate.cost)}. {why.message}
    </>
  );
}

/** Says, while the visitor types, which model would answer and why, or why none can. */
export function RouteLine({ text }: { text: string }) {
  const preview = useRoutePreview(text);
  const excluded = preview.kind === "none" ? preview.excluded : [];
  return (
    <div className={classes.line}>
      <p id="route-line" className={classes.sentence} data-kind={preview.kind}>
        <Sentence preview={preview} />
      </p>
      {excluded.length > 1 && (
        <details className={classes.reasons}>
          <summary>All reasons</summary>
          <ul>
            {excluded.map(({ model, reason }) => (
              <li key={model}>
                {model}: {reason.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
