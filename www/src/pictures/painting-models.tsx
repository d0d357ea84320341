import { useMemo } from "react";
import { ModelBrowser } from "../models/model-browser";
import { canPaint } from "../models/model-facts";
import { rankingOf } from "../models/ranking";
import { usePictureRoute } from "./use-picture-route";

/** The models that make pictures, the best for the picture as it is described first. */
export function PaintingModels({ chosen, withAny = false, onChoose }: { chosen: string | undefined; withAny?: boolean; onChoose: (address: string | undefined) => void }) {
  const preview = usePictureRoute({ pinned: false, explained: true });
  const ranking = useMemo(() => rankingOf(preview), [preview]);
  return <ModelBrowser offers={canPaint} ranking={ranking} chosen={chosen} onChoose={onChoose} withAny={withAny} level={3} />;
}
