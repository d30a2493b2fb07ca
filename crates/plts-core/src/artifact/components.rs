//! Strongly connected components of a directed graph, by Tarjan's algorithm with a stack of its own: the depth of
//! the graph costs heap, never native stack.

/// A node on the path, and how many of its edges are followed.
struct Visit {
    node: usize,
    next_edge: usize,
}

const UNVISITED: usize = usize::MAX;

/// The components of the graph whose node `n` has edges to `edges[n]`; a component comes after every component it
/// reaches. All targets must be below `edges.len()`.
pub(super) fn strongly_connected(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut order = vec![UNVISITED; edges.len()];
    let mut lowest = vec![0; edges.len()];
    let mut is_open = vec![false; edges.len()];
    let mut open = Vec::new();
    let mut path: Vec<Visit> = Vec::new();
    let mut components = Vec::new();
    let mut visited = 0;

    for root in 0..edges.len() {
        if order[root] != UNVISITED {
            continue;
        }
        path.push(Visit { node: root, next_edge: 0 });
        while let Some(visit) = path.last_mut() {
            let node = visit.node;
            if visit.next_edge == 0 && order[node] == UNVISITED {
                order[node] = visited;
                lowest[node] = visited;
                visited += 1;
                open.push(node);
                is_open[node] = true;
            }
            if let Some(target) = edges[node].get(visit.next_edge).copied() {
                visit.next_edge += 1;
                if order[target] == UNVISITED {
                    path.push(Visit { node: target, next_edge: 0 });
                } else if is_open[target] {
                    lowest[node] = lowest[node].min(order[target]);
                }
                continue;
            }
            path.pop();
            if let Some(parent) = path.last() {
                lowest[parent.node] = lowest[parent.node].min(lowest[node]);
            }
            if lowest[node] == order[node] {
                let start = open.iter().rposition(|member| *member == node).unwrap_or(0);
                let component = open.split_off(start);
                for member in &component {
                    is_open[*member] = false;
                }
                components.push(component);
            }
        }
    }
    components
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let mut components = strongly_connected(edges);
        for component in &mut components {
            component.sort_unstable();
        }
        components
    }

    #[test]
    fn finds_components_with_what_they_reach_first() {
        assert_eq!(sorted(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(sorted(&[vec![]]), vec![vec![0]]);
        assert_eq!(sorted(&[vec![0]]), vec![vec![0]]);
        assert_eq!(sorted(&[vec![1], vec![2], vec![]]), vec![vec![2], vec![1], vec![0]]);
        assert_eq!(sorted(&[vec![1], vec![0]]), vec![vec![0, 1]]);
        assert_eq!(sorted(&[vec![1, 2], vec![0, 3], vec![3], vec![]]), vec![vec![3], vec![2], vec![0, 1]]);
        assert_eq!(
            sorted(&[vec![1], vec![2], vec![0, 3], vec![4], vec![5], vec![3]]),
            vec![vec![3, 4, 5], vec![0, 1, 2]]
        );
        assert_eq!(sorted(&[vec![1, 1], vec![]]), vec![vec![1], vec![0]]);
    }

    #[test]
    fn a_long_chain_costs_no_native_stack() {
        let length = 200_000;
        let edges: Vec<Vec<usize>> =
            (0..length).map(|node| if node + 1 < length { vec![node + 1] } else { vec![0] }).collect();
        assert_eq!(strongly_connected(&edges).len(), 1);
    }
}
