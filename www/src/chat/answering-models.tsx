import { useMemo } from "react";
import { ModelBrowser } from "../models/model-browser";
import { canAnswer } from "../models/model-facts";
import { rankingOf } from "../models/ranking";
import { useRoutePreview } from "./use-route-preview";

interface AnsweringModelsProps {
  chosen: string | undefined;
  onChoose: (address: string | undefined) => void;
  withAny?: boolean;
  level: 2 | 3;
}

/** The models that can answer, the best for the question as it stands first. */
export function AnsweringModels(props: AnsweringModelsProps) {
  const preview = useRoutePreview({ pinned: false, explained: true });
  const ranking = useMemo(() => rankingOf(preview), [preview]);
  return <ModelBrowser {...props} offers={canAnswer} ranking={ranking} />;
}
