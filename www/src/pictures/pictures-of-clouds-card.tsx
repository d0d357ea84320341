import { Button } from "@mantine/core";
import { useModels } from "hkm-mesh/react";
import { Cloud } from "lucide-react";
import { Card } from "../app/card";
import { showView } from "../app/use-view";
import { canPaint, localityOf } from "../models/model-facts";

/** Pictures by a cloud, with a key of the visitor's. */
export function PicturesOfCloudsCard({ level }: { level?: 2 | 3 }) {
  const known = useModels((model) => canPaint(model) && localityOf(model) === "cloud");
  return (
    <Card title="Pictures by a cloud" icon={<Cloud size={18} aria-hidden />} level={level}>
      <p>
        {known.length === 0
          ? "Google Gemini and OpenRouter have models that make pictures. They need a key of yours; nothing is sent to them before that."
          : `Known: ${known.slice(0, 5).map(({ name }) => name).join(", ")}${known.length > 5 ? " and more" : ""}. The line above says why none of them is asked.`}
      </p>
      <Button variant="light" onClick={() => showView("settings")}>
        {known.length === 0 ? "Add a key" : "Look at the keys"}
      </Button>
    </Card>
  );
}
